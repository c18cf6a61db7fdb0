// node docs.mjs URL ADMIN [--shots DIR]: opens the front page and Swagger UI of a running server in Chromium, authorizes, calls the
// resource, and looks for what must not be. CLIENT_ID and CLIENT_SECRET, API_KEY, or the files CERT and CERT_KEY are in the environment;
// none of them where there is no lock. Prints what is wrong, a line each, and then ends with 1. The server's certificate is not checked.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { accessible, fits, launch } from "./look.mjs";

const { values, positionals } = parseArgs({ options: { shots: { type: "string" } }, allowPositionals: true });
const [url, admin] = positionals;
const { CLIENT_ID, CLIENT_SECRET, API_KEY, CERT, CERT_KEY } = process.env;
const secrets = [CLIENT_SECRET, API_KEY].filter(Boolean);
const isTypedIn = secrets.length > 0;
// Shown in the handshake: by the browser, for whoever holds it.
const clientCertificates = CERT ? [{ origin: url, certPath: CERT, keyPath: CERT_KEY }] : undefined;
// API Gateway has no such pages, so in its profile they are on the admin listener only.
const document = await (await fetch(`${admin}/openapi.json`)).json();
const isOnApi = "/docs/" in document.paths;
const faults = [];

const browser = await launch();
for (const origin of isOnApi ? [url, admin] : [admin]) await front(origin);
if (isOnApi) await call();
for (const elsewhere of CERT || !isOnApi ? [admin] : [url.replace("localhost", "127.0.0.1"), admin]) await reads(elsewhere);
await browser.close();
for (const fault of faults) console.log(fault);
console.log(`${faults.length} faults`);
process.exitCode = faults.length > 0 ? 1 : 0;

/** A page that says what it asks for, what it complains about, and what its policy forbids. */
async function open(origin, name, options = {}) {
    const fault = (what) => faults.push(`${name}: ${what}`);
    const context = await browser.newContext({ ignoreHTTPSErrors: true, clientCertificates, viewport: { width: 1400, height: 900 }, ...options });
    const page = await context.newPage();
    page.on("console", (message) => ["error", "warning"].includes(message.type()) && !expected(message) && fault(`console: ${message.text()}`));
    page.on("pageerror", (error) => fault(`error: ${error.message}`));
    page.on("request", (request) => {
        if (!request.url().startsWith("data:") && new URL(request.url()).origin !== origin) fault(`asks for ${request.url()}`);
    });
    await page.addInitScript(() => addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`)));
    return { context, page, fault };
}

/** Chromium reports each refusal that was asked for. */
function expected(message) {
    return message.text().startsWith("Failed to load resource: the server responded with a status of 401");
}

/** The front page, light and dark, narrow and wide. */
async function front(origin) {
    const name = `front ${origin === admin ? "admin" : "api"}`;
    const { context, page, fault } = await open(origin, name);
    const answer = await page.goto(`${origin}/`);
    if (answer.status() !== 200) fault(`status ${answer.status()}`);
    for (const colorScheme of ["light", "dark"]) {
        for (const width of [400, 1400]) {
            const look = `${colorScheme} ${width}`;
            await page.emulateMedia({ colorScheme });
            await page.setViewportSize({ width, height: 900 });
            await fits(page, (what) => fault(`${look}: ${what}`));
            await accessible(page, (what) => fault(`${look}: ${what}`));
            await shot(page, `${name} ${look}`);
        }
    }
    await context.close();
}

/** Authorize, execute, read the greeting; after a reload nothing of it is left. */
async function call() {
    const name = "docs";
    const { context, page, fault } = await open(url, name);
    await page.goto(`${url}/docs`);
    await page.locator("#operations-resource-getHelloWorld").waitFor();
    await narrowAndWide(page, fault, name);
    if (isTypedIn) await authorize(page, name);
    const said = await execute(page);
    if (!said.startsWith("200") || !said.includes("hello world!")) fault(`after Authorize: ${said}`);
    await narrowAndWide(page, fault, `${name} called`);
    // Without the fragment, by which the operation would open itself.
    await page.evaluate(() => history.replaceState(null, "", location.pathname));
    await page.reload();
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
    const held = await context.storageState({ indexedDB: true });
    for (const secret of secrets) {
        if ((kept + JSON.stringify(held)).includes(secret)) fault("a secret is kept after a reload");
    }
    const forgotten = await execute(page);
    if (!forgotten.startsWith(isTypedIn ? "401" : "200")) fault(`after a reload: ${forgotten}`);
    await context.close();
}

/** Nothing reaches over the edge of a narrow or a wide window. */
async function narrowAndWide(page, fault, name) {
    for (const width of [400, 1400]) {
        await page.setViewportSize({ width, height: 900 });
        await fits(page, (what) => fault(`${name} ${width}: ${what}`));
        await shot(page, `${name} ${width}`);
    }
}

async function authorize(page, name) {
    await page.locator("button.authorize").first().click();
    const dialog = page.locator(".dialog-ux .modal-ux");
    const scheme = dialog.locator(".auth-container").first();
    if (API_KEY) {
        await dialog.locator("input[type=text]").fill(API_KEY);
    } else {
        await dialog.locator("#client_id_clientCredentials").fill(CLIENT_ID);
        await dialog.locator("#client_secret_clientCredentials").fill(CLIENT_SECRET);
        await scheme.locator(".scopes label").first().click();
    }
    await shot(page, `${name} authorize`, false);
    await scheme.locator(".modal-btn.authorize").click();
    await scheme.locator("button", { hasText: "Logout" }).waitFor();
    await shot(page, `${name} authorized`, false);
    await dialog.locator(".btn-done").first().click();
}

/** The status and the body of `GET /hello-world`. */
async function execute(page) {
    const operation = page.locator("#operations-resource-getHelloWorld");
    await operation.locator(".opblock-summary-control").click();
    await operation.locator(".try-out__btn").click();
    await operation.locator(".btn.execute").click();
    const answer = operation.locator(".live-responses-table .response");
    await answer.waitFor();
    return `${await answer.locator(".response-col_status").innerText()} ${await answer.locator(".response-col_description").innerText()}`;
}

/** Under another origin than the API's: the document is there to read, with the way to where it can be tried. */
async function reads(origin) {
    const name = `docs at ${origin === admin ? "admin" : "another name"}`;
    const { context, page, fault } = await open(origin, name);
    await page.goto(`${origin}/docs/`);
    const operation = page.locator("#operations-resource-getHelloWorld");
    await operation.locator(".opblock-summary-control").click();
    await operation.locator(".responses-wrapper").waitFor();
    if ((await operation.locator(".try-out__btn").count()) > 0) fault("offers to call another origin");
    if ((await page.locator("button.authorize:visible").count()) > 0) fault("asks for secrets that it cannot use");
    const note = page.locator("#elsewhere");
    const links = await note.locator("a").evaluateAll((all) => all.map((one) => one.href));
    if (links.join() !== (isOnApi ? `${url}/docs/` : "") || !(await note.innerText()).includes(url)) fault(`leads to ${links}`);
    await shot(page, name, false);
    await context.close();
}

async function shot(page, name, fullPage = true) {
    if (values.shots) await page.screenshot({ path: join(values.shots, `${name.replaceAll(" ", "-")}.png`), fullPage });
}
