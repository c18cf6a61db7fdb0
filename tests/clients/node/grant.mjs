// What programs share whose library does not ask for tokens: the grant, and a call, with nothing but fetch.
import assert from 'node:assert/strict'

/** The metadata of an authorization server (RFC 8414). */
export async function discover(url) {
    const answer = await fetch(new URL('/.well-known/oauth-authorization-server', url))
    assert.equal(answer.status, 200)
    return answer.json()
}

/** An access token for this client, whose secret is in CLIENT_SECRET. */
export async function grant(endpoint, id) {
    const [user, password] = [id, process.env.CLIENT_SECRET].map(encodeURIComponent)
    const answer = await fetch(endpoint, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`${user}:${password}`)}` },
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
    })
    assert.equal(answer.status, 200)
    return (await answer.json()).access_token
}

/** The status of a call with this token. */
export async function call(url, token) {
    const answer = await fetch(new URL('/test/hello-world', url), { headers: { authorization: `Bearer ${token}` } })
    return answer.status
}
