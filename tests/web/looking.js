// What a test asks the page that it looks at. Each answers with what is wrong, or with nothing.
globalThis.looking = (() => {
  const describe = (element) => element.outerHTML.replace(/\s+/g, " ").slice(0, 140);

  // Two frames: in the first the new size or theme is taken in, after it the page is as it stays.
  const settle = () => new Promise((resume) => requestAnimationFrame(() => requestAnimationFrame(resume)));

  const scrollsItself = (element) => {
    for (let around = element.parentElement; around && around !== document.body; around = around.parentElement) {
      if (getComputedStyle(around).overflowX !== "visible") return true;
    }
    return false;
  };

  async function hanging() {
    await settle();
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const over = [...document.body.querySelectorAll("*")].filter(
      (element) => element.getBoundingClientRect().right > width + 0.5 && !scrollsItself(element),
    );
    return over.slice(-3).map(describe);
  }

  // A mail in its sandbox runs nothing, this neither: it is looked at as what it stands in.
  const OPTIONS = { iframes: false, resultTypes: ["violations"], rules: { "target-size": { enabled: true } } };

  async function inaccessible(only) {
    await settle();
    const { violations } = await axe.run(only ? { ...OPTIONS, runOnly: only } : OPTIONS);
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 140)} ${failureSummary.replace(/\s+/g, " ")}`),
    );
  }

  // What else of accessibility may change with the size and the theme.
  const illegible = () => inaccessible(["color-contrast", "target-size"]);

  // What is over within a millisecond is seen by nobody, and runs until the next frame all the same.
  const isMotion = ({ playState, effect }) => playState === "running" && effect.getComputedTiming().activeDuration > 1;

  const moving = () => document.getAnimations().filter(isMotion)
    .map(({ effect }) => describe(effect.target));

  // Nobody of us names an element or an attribute so, handles events in markup, or links to a script.
  const isInjected = (element) => element.localName.startsWith("hostile") ||
    [...element.attributes].some(({ name, value }) => /^(hostile|on)/.test(name) ||
      (["href", "src", "action"].includes(name) && /^\s*javascript:/i.test(value)));

  const injected = () => [...document.querySelectorAll("*")].filter(isInjected).map(describe);

  const openAll = () => document.querySelectorAll("details").forEach((details) => { details.open = true; });

  const wordsIn = (text) => text.match(/\p{L}{2,}/gu) ?? [];

  // Without times and programs' texts, which differ from one look to the next.
  function words() {
    const passing = new Set([...document.querySelectorAll("main :is(time, pre, code)")].flatMap((one) => wordsIn(one.textContent)));
    return wordsIn(document.querySelector("main")?.innerText ?? "").filter((word) => !passing.has(word));
  }

  return { hanging, illegible, inaccessible, injected, moving, openAll, words };
})();
