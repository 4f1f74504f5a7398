/** Draws what the page around this frame sends, and says how high it has become. The frame has no origin and no network. */
{
  const FONT = 'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';
  const LIGHT = {
    background: "#ffffff",
    primaryColor: "#e4efe9",
    primaryTextColor: "#1a201c",
    primaryBorderColor: "#1b6b57",
    secondaryColor: "#f7f0dc",
    tertiaryColor: "#f3f4f0",
    lineColor: "#596159",
    edgeLabelBackground: "#f3f4f0",
    textColor: "#1a201c",
  };
  const DARK = {
    darkMode: true,
    background: "#222826",
    primaryColor: "#213730",
    primaryTextColor: "#ecefec",
    primaryBorderColor: "#83d1b5",
    secondaryColor: "#342d1a",
    tertiaryColor: "#2b322f",
    lineColor: "#a2aca5",
    edgeLabelBackground: "#131716",
    textColor: "#ecefec",
  };
  const place = document.getElementById("drawing");
  const root = document.documentElement.style;
  const say = (news) => parent.postMessage(news, location.origin);
  let tallest = Infinity;
  let drawnDark = false;

  function prepare(isDark) {
    root.colorScheme = isDark ? "dark" : "light";
    globalThis.mermaid.initialize({
      startOnLoad: false,
      securityLevel: "strict",
      suppressErrorRendering: true,
      maxTextSize: 50000,
      maxEdges: 500,
      fontFamily: FONT,
      theme: "base",
      themeVariables: { ...(isDark ? DARK : LIGHT), fontFamily: FONT, fontSize: "15px" },
      // What a diagram may not choose for itself.
      secure: [
        ...["secure", "securityLevel", "startOnLoad", "maxTextSize", "maxEdges", "suppressErrorRendering"],
        ...["dompurifyConfig", "themeCSS", "fontFamily", "altFontFamily"],
      ],
    });
  }

  /** In its own size, unless it is only a little too wide; what is wider can be scrolled. */
  function fit(svg) {
    const { width, height } = svg.viewBox.baseVal;
    const share = Math.min(1, Math.max(0.7, place.clientWidth / width));
    Object.assign(svg.style, { maxWidth: "none", width: `${width * share}px`, height: `${height * share}px`, display: "block" });
    svg.style.margin = "0 auto";
    // Who has no mouse scrolls with the arrow keys.
    place.scrollWidth > place.clientWidth ? (place.tabIndex = 0) : place.removeAttribute("tabindex");
    const all = Math.ceil(place.getBoundingClientRect().height);
    document.body.style.overflow = all > tallest ? "hidden auto" : "hidden";
    say({ height: Math.min(all, tallest), isDark: drawnDark });
  }

  async function draw({ source, isDark }) {
    prepare(isDark);
    try {
      const { svg } = await globalThis.mermaid.render("drawn", source);
      place.innerHTML = svg;
      drawnDark = isDark;
      // Links lead out of here.
      for (const link of place.querySelectorAll("a")) {
        link.replaceWith(...link.childNodes);
      }
      fit(place.querySelector("svg"));
    } catch {
      say({ failed: true });
    }
  }

  Object.assign(document.body.style, { margin: 0, overflow: "hidden" });
  Object.assign(place.style, { overflow: "auto hidden", padding: "4px 0 8px" });
  addEventListener("message", ({ source, data }) => {
    if (source === parent && typeof data?.source === "string") {
      tallest = data.tallest;
      draw(data);
    }
  });
  addEventListener("resize", () => {
    const svg = place.querySelector("svg");
    svg && fit(svg);
  });
  say({ ready: true });
}
