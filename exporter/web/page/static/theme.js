/* The colours the reader chose, put on before the first paint: hence a plain script, before the modules. */
{
  const CHOICES = ["auto", "light", "dark"];

  /** A browser may forbid storage; then the choice lasts as long as the page. */
  const remembered = () => {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null;
    }
  };

  const remember = (choice) => {
    try {
      localStorage.setItem("theme", choice);
    } catch {
      /* forbidden: nothing to be done */
    }
  };

  const wear = (choice) => {
    document.documentElement.dataset.theme = CHOICES.includes(choice) ? choice : "auto";
  };

  const turn = (button) => {
    const worn = document.documentElement.dataset.theme;
    const next = CHOICES[(CHOICES.indexOf(worn) + 1) % CHOICES.length];
    wear(next);
    remember(next);
    label(button);
    document.dispatchEvent(new Event("recolour"));
  };

  const label = (button) => {
    const worn = document.documentElement.dataset.theme;
    button.setAttribute("aria-label", `Colours: ${worn}. Change.`);
    button.title = `Colours: ${worn} (t)`;
  };

  wear(remembered());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.dispatchEvent(new Event("recolour")));
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    label(button);
    button.addEventListener("click", () => turn(button));
  });
}
