// node check.mjs PAGE... [--shots DIR]: opens each page from its file in Chromium, light and dark, 400 and 1400 pixels wide and
// printed, with a proof open and by keyboard alone. Prints what is wrong, a line each, and then ends with 1.
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { accessible, fits, launch } from "./look.mjs";

const { values, positionals } = parseArgs({ options: { shots: { type: "string" } }, allowPositionals: true });
const faults = [];

const browser = await launch();
for (const file of positionals) {
    for (const colorScheme of ["light", "dark"]) {
        for (const width of [400, 1400]) await look(file, colorScheme, width);
    }
}
await browser.close();
for (const fault of faults) console.log(fault);
console.log(`${positionals.length} pages, ${faults.length} faults`);
process.exitCode = faults.length > 0 || positionals.length === 0 ? 1 : 0;

async function look(file, colorScheme, width) {
    const name = `${basename(file, ".html")} ${colorScheme} ${width}`;
    const fault = (what) => faults.push(`${name}: ${what}`);
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } });
    const page = await context.newPage();
    const address = pathToFileURL(file).href;
    page.on("console", (message) => fault(`console: ${message.text()}`));
    page.on("pageerror", (error) => fault(`error: ${error.message}`));
    page.on("request", (request) => request.url().split("#")[0] === address || fault(`asks for ${request.url()}`));
    await page.goto(address);
    await fits(page, fault);
    await accessible(page, fault);
    await shot(page, name);
    await opens(page, fault, name);
    await page.emulateMedia({ media: "print" });
    await fits(page, (what) => fault(`printed, ${what}`));
    await context.close();
}

/** The first proof opens by keyboard, can be read, and is closed by keyboard. */
async function opens(page, fault, name) {
    const first = page.locator("details[name=proof] > summary").first();
    if ((await first.count()) === 0) return;
    await first.focus();
    await page.keyboard.press("Enter");
    const sheet = page.locator("details[name=proof][open] > .sheet");
    if (!(await sheet.isVisible())) fault("Enter opens no proof");
    await fits(page, (what) => fault(`with a proof open, ${what}`));
    await accessible(page, (what) => fault(`with a proof open, ${what}`), "details[name=proof][open]");
    await shot(page, `${name} proof`, false);
    await page.keyboard.press("Enter");
    if ((await page.locator("details[name=proof][open]").count()) > 0) fault("Enter closes no proof");
}

async function shot(page, name, fullPage = true) {
    if (values.shots) await page.screenshot({ path: join(values.shots, `${name.replaceAll(" ", "-")}.png`), fullPage });
}
