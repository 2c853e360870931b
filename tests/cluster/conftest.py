"""What the tests of this folder share."""

from cluster_of_two import cluster as cluster
