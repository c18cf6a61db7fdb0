// Shows the document beside this page. Nothing that is typed in outlives the page, and nothing leaves this origin.
(async () => {
    const answer = await fetch("../openapi.json");
    const spec = await answer.json();
    const api = new URL(spec.servers[0].url).origin;
    const isHere = api === location.origin;
    if (!isHere) {
        // Calls from here would go to another origin, which the policy of this page forbids. A redirect by the server would go round in
        // circles behind a proxy that calls it by another name; only the browser knows where it is.
        const note = document.getElementById("elsewhere");
        if ("/docs/" in spec.paths) {
            const there = document.createElement("a");
            there.href = `${api}/docs/`;
            there.textContent = there.href;
            note.append("The API is elsewhere: to authorize and to call it, open ", there);
        } else {
            note.append(`To read only: the API is at ${api}, and has no such page.`);
        }
        note.hidden = false;
        document.body.classList.add("elsewhere");
    }
    window.ui = SwaggerUIBundle({
        spec,
        dom_id: "#swagger-ui",
        deepLinking: true,
        defaultModelsExpandDepth: 0,
        displayRequestDuration: true,
        persistAuthorization: false,
        queryConfigEnabled: false,
        supportedSubmitMethods: isHere ? ["get", "head", "post"] : [],
        // Without this, a server of the project's is sent the address of the document.
        validatorUrl: "none",
    });
})();
