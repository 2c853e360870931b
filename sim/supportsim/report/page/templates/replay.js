// Plays a week of one replication: a starting state, and changes as numbers (see replay.py).
(() => {
  const data = JSON.parse(document.getElementById("replay-data").textContent);
  const root = document.getElementById("the-replay");
  const part = (name) => root.querySelector(`[data-is="${name}"]`);
  const control = (name) => root.querySelector(`[data-do="${name}"]`);
  const KINDS = 6, SPAN = data.span, STATE = 0, TAKES = 1, PUTS = 2, WAITS = 3, STARTS = 4;
  const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
  const STEP = 900;

  let total = 0;
  const at = data.after.map((after) => (total += after));
  let now, next, state, hands, queue, promises;

  const restart = () => {
    next = 0;
    state = data.state.slice();
    hands = data.hands.map((row) => row.slice());
    queue = data.queue.map((row) => row.slice());
    promises = [[0, 0], [0, 0]];
  };
  const apply = (code) => {
    const kind = code % KINDS, what = Math.floor(code / KINDS) % SPAN, who = Math.floor(code / (KINDS * SPAN));
    if (kind === STATE) state[who] = what;
    else if (kind === TAKES) hands[who][what] += 1;
    else if (kind === PUTS) hands[who][what] -= 1;
    else if (kind === WAITS) queue[who][what] += 1;
    else if (kind === STARTS) queue[who][what] -= 1;
    else promises[who][what] += 1;
  };
  const seek = (second) => {
    if (next > 0 && at[next - 1] > second) restart();
    while (next < at.length && at[next] <= second) apply(data.code[next++]);
    now = second;
  };

  const sum = (row) => row.reduce((a, b) => a + b, 0);
  const wall = (second) => {
    const shifted = data.shifts.reduce((s, [from, by]) => (second >= from ? s + by : s), second);
    return new Date(Date.parse(data.start) + 1000 * shifted);
  };
  const clock = (second) => {
    const t = wall(second);
    const two = (n) => String(n).padStart(2, "0");
    return `${DAYS[t.getUTCDay()]} ${t.toISOString().slice(0, 10)}, ${two(t.getUTCHours())}:${two(t.getUTCMinutes())}`;
  };
  const make = (name, kind, parent) => {
    const node = document.createElement(name);
    if (kind) node.className = kind;
    parent.append(node);
    return node;
  };

  // What never changes is made once: a box for each person, a bar for each tier.
  const boxes = [];
  data.teams.filter((team) => team.people.length).forEach((team) => {
    const block = make("div", "team", part("teams"));
    const heading = make("h3", "", block);
    heading.textContent = `${team.name} (${team.tier})`;
    const said = make("span", "", heading);
    const crew = make("div", "crew", block);
    team.block = block;
    team.people.forEach((person) => { boxes[person] = make("i", "off", crew); });
    team.say = (text) => { said.textContent = text; };
  });
  const bars = data.tiers.map((tier) => {
    const row = make("div", "queue", part("queues"));
    make("span", "", row).textContent = tier;
    const count = make("b", "", row);
    const stack = make("span", "stack", row);
    return { count, parts: data.priorities.map((_, i) => make("i", `p${i + 1}`, stack)) };
  });
  const answers = ["First responses given or overdue", "Resolutions given"].map((name) => {
    const line = make("p", "", part("promises"));
    return (text) => { line.textContent = `${name}: ${text}`; };
  });
  const legend = (kind, text) => {
    const item = make("li", "", part("legend"));
    make("i", kind, item);
    item.append(text);
  };
  data.priorities.forEach((name, i) => legend(`p${i + 1}`, `works on ${name}`));
  legend("free", "free");
  legend("away", "away: in a break, a meeting, a training ...");
  legend("off", "off");

  // What burns is said in a line that is always there, so that nothing moves when it begins or ends.
  const LEVELS = ["yellow", "red"];
  const burning = () => data.playbooks.filter((one) => one.spans.some(([from, to]) => from <= now && now < to));
  const showPlaybooks = () => {
    if (!data.playbooks.length) return;
    const line = part("playbooks"), all = burning();
    line.replaceChildren();
    line.className = "burning";
    if (!all.length) line.textContent = "No playbook burns.";
    all.forEach((one) => {
      const said = make("span", "", line);
      make("b", one.level, said).textContent = `${one.name} (${one.level}) `;
      said.append(`${data.teams[one.team].name}: ${one.does}`);
    });
    data.teams.forEach((team, number) => {
      if (!team.block) return;
      const worst = Math.max(-1, ...all.filter((one) => one.team === number).map((one) => LEVELS.indexOf(one.level)));
      team.block.className = worst < 0 ? "team" : `team burns ${LEVELS[worst]}`;
    });
    if (all.length) line.className = `burning ${LEVELS[Math.max(...all.map((one) => LEVELS.indexOf(one.level)))]}`;
  };

  // The strip under the scrubber: how much waits, over the whole of it.
  const drawStrip = () => {
    const points = [];
    let most = 1;
    restart();
    for (let t = 0; t <= data.seconds; t += STEP) {
      seek(t);
      const waiting = sum(queue.map(sum));
      most = Math.max(most, waiting);
      points.push([t, waiting]);
    }
    const x = (t) => (1000 * t) / data.seconds;
    const line = points.map(([t, n]) => `${x(t).toFixed(1)},${(88 - (82 * n) / most).toFixed(1)}`).join(" ");
    const svg = part("strip");
    const put = (name, attributes) => {
      const node = document.createElementNS("http://www.w3.org/2000/svg", name);
      Object.entries(attributes).forEach(([key, value]) => node.setAttribute(key, value));
      svg.append(node);
      return node;
    };
    for (let t = 0; t < data.seconds; t += STEP) {
      const moment = wall(t);
      if (moment.getUTCHours() === 0 && moment.getUTCMinutes() === 0) {
        put("rect", { x: x(t), y: 0, width: 1, height: 90, fill: "var(--line)" });
      }
    }
    data.events.forEach(([from, to]) => {
      put("rect", { x: x(from), y: 0, width: Math.max(x(to) - x(from), 2), height: 90, fill: "var(--orange)", opacity: 0.35 });
    });
    data.playbooks.forEach((one) => one.spans.forEach(([from, to]) => {
      const fill = one.level === "red" ? "var(--red)" : "var(--orange)";
      put("rect", { x: x(from), y: one.level === "red" ? 0 : 6, width: Math.max(x(to) - x(from), 2), height: 5, fill });
    }));
    put("polygon", { points: `0,90 ${line} 1000,90`, fill: "var(--sky)", opacity: 0.55 });
    part("strip-note").textContent = `Tickets that wait for somebody, all tiers; at most ${most}. Lines: midnights.`;
    if (data.events.length) {
      const kinds = [...new Set(data.events.map(([, , kind]) => kind))];
      part("strip-note").textContent += ` Shaded: ${kinds.join(", ")}.`;
    }
    if (data.playbooks.some((one) => one.spans.length)) {
      part("strip-note").textContent += " At the top: playbooks burn, those of level red in the upper row.";
    }
    return put("rect", { x: 0, y: 0, width: 2, height: 90, fill: "var(--ink)" });
  };

  const show = () => {
    const said = clock(now);
    part("clock").textContent = said;
    scrub.value = now;
    scrub.setAttribute("aria-valuetext", said);
    hand.setAttribute("x", (1000 * now) / data.seconds - 1);
    boxes.forEach((box, person) => {
      const held = sum(hands[person]), doing = data.states[state[person]];
      const top = hands[person].findIndex((n) => n > 0);
      box.className = held ? `p${top + 1}` : doing === "off" || doing === "free" ? doing : "away";
      box.textContent = held > 1 ? `${held}x` : held ? data.priorities[top] : (box.className === "away" ? doing[0] : "");
      box.title = `${data.names[person]}: ${held ? `works on ${data.priorities[top]}` : doing.replace("_", " ")}`;
    });
    data.teams.filter((team) => team.say).forEach((team) => {
      const busy = team.people.filter((person) => sum(hands[person])).length;
      const free = team.people.filter((person) => !sum(hands[person]) && data.states[state[person]] === "free").length;
      team.say(`${busy} with a ticket, ${free} free`);
    });
    showPlaybooks();
    const most = Math.max(20, ...queue.map(sum));
    bars.forEach((bar, tier) => {
      bar.count.textContent = sum(queue[tier]);
      bar.parts.forEach((piece, i) => { piece.style.width = `${(100 * queue[tier][i]) / most}%`; });
    });
    answers.forEach((say, i) => {
      const [kept, broken] = promises[i], all = kept + broken;
      say(all ? `${kept} of ${all} in time (${((100 * kept) / all).toFixed(1)} %)` : "none due yet");
    });
  };

  const scrub = control("scrub");
  scrub.max = data.seconds;
  const hand = drawStrip();
  let last = null;
  const goTo = (second) => { seek(Math.min(Math.max(second, 0), data.seconds)); show(); };
  const play = (going) => {
    last = null;
    control("play").setAttribute("aria-pressed", String(going));
    control("play").textContent = going ? "Pause" : "Play";
    if (going) requestAnimationFrame(tick);
  };
  const playing = () => control("play").getAttribute("aria-pressed") === "true";
  const tick = (time) => {
    if (!playing()) return;
    if (last !== null) goTo(now + (Math.min(time - last, 250) / 1000) * Number(control("speed").value));
    last = time;
    if (now >= data.seconds) play(false);
    else requestAnimationFrame(tick);
  };
  control("play").addEventListener("click", () => {
    if (!playing() && now >= data.seconds) goTo(0);
    play(!playing());
  });
  control("back").addEventListener("click", () => goTo(now - STEP));
  control("on").addEventListener("click", () => goTo(now + STEP));
  scrub.addEventListener("input", () => goTo(Number(scrub.value)));
  restart();
  // Monday at ten says more than Monday at midnight.
  goTo(Math.min(36000, data.seconds));
})();
