// What every check of a page looks at.
import axe from "axe-core";
import { chromium } from "playwright-core";

/** Chromium that calls nobody by itself. */
export function launch() {
    return chromium.launch({
        executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
        args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    });
}

/** Nothing reaches over the right edge, but for what scrolls within itself. */
export async function fits(page, fault) {
    const wide = await page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        if (scrollWidth <= clientWidth) return null;
        const over = [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > clientWidth + 1);
        const named = over.slice(0, 3).map((one) => `${one.tagName.toLowerCase()}.${one.className}`);
        return `${scrollWidth} pixels wide: ${named.join(", ")}`;
    });
    if (wide) fault(wide);
}

/** axe-core finds nothing. Evaluated from outside, so that the page's own policy stays as strict as it is. */
export async function accessible(page, fault, part = "html") {
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate((part) => axe.run(part), part);
    for (const { id, help, nodes } of violations) {
        fault(`axe ${id}: ${help}: ${nodes.length} times, first ${nodes[0].target.join(" ")}: ${nodes[0].failureSummary}`);
    }
}
