/** For the page that stands in for every other while the site cannot be reached. */
{
  const SHORTEST = 3000;
  const LONGEST = 30000;
  const [, theme] = document.cookie.match(/(?:^|; )theme=(light|dark)/) ?? [];
  let pause = SHORTEST;
  let timer = setTimeout(look, pause);

  async function look() {
    clearTimeout(timer);
    const answer = await fetch("/healthz", { cache: "no-store" }).catch(() => null);
    if (answer?.ok) {
      location.pathname === "/offline/" ? location.replace("/") : location.reload();
      return;
    }
    pause = Math.min(pause * 1.5, LONGEST);
    timer = setTimeout(look, pause);
  }

  if (theme) {
    document.documentElement.dataset.theme = theme;
  }
  addEventListener("online", look);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
}
