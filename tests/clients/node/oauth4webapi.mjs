// oauth4webapi, the strictest client there is: discovery, grant, call, introspection, revocation.
//
//   CLIENT_SECRET=… NODE_EXTRA_CA_CERTS=certs/server-ca/cert.pem \
//     node tests/clients/node/oauth4webapi.mjs https://localhost:8443 CLIENT_ID [METHOD] [STEP...]
//
// METHOD is client_secret_basic (the default), client_secret_post, or private_key_jwt. The last needs CLIENT_KEY instead of
// CLIENT_SECRET: a file that make-key.mjs wrote.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import * as oauth from 'oauth4webapi'

const [url, client_id, ...words] = process.argv.slice(2)
const methods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt']
const method = methods.includes(words[0]) ? words.shift() : methods[0]
const order = words.length > 0 ? words : ['discovery', 'grant', 'call', 'introspection', 'revocation']

const issuer = new URL(url)
const client = { client_id }
const authentication = await authenticate()
let server, token

const steps = {
    async discovery() {
        const answer = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2' })
        server = await oauth.processDiscoveryResponse(issuer, answer)
        assert(server.token_endpoint_auth_methods_supported.includes(method), `${method} is not offered`)
    },
    async grant() {
        const answer = await oauth.clientCredentialsGrantRequest(server, client, authentication, new URLSearchParams())
        const granted = await oauth.processClientCredentialsResponse(server, client, answer)
        assert.equal(granted.token_type, 'bearer')
        assert(granted.expires_in > 0 && granted.refresh_token === undefined)
        token = granted.access_token
    },
    async call() {
        assert.equal(await call(), 200)
    },
    async introspection() {
        const said = await introspect()
        assert.equal(said.active, true)
        assert.equal(said.client_id, client_id)
        assert.equal(said.iss, server.issuer)
    },
    async revocation() {
        const answer = await oauth.revocationRequest(server, client, authentication, token)
        await oauth.processRevocationResponse(answer)
        assert.deepEqual(await introspect(), { active: false })
        await setTimeout(100) // A change reaches a running server within this time.
        assert.equal(await call(), 401)
    },
}

for (const step of order) {
    await steps[step]()
    console.log(`${step}: ok`)
}

// The resource as RFC 6750 says; a refusal comes with its challenges, parsed.
async function call() {
    try {
        const answer = await oauth.protectedResourceRequest(token, 'GET', new URL('/test/hello-world', url))
        assert.deepEqual(await answer.json(), { message: 'hello world!' })
        return answer.status
    } catch (error) {
        if (!(error instanceof oauth.WWWAuthenticateChallengeError)) throw error
        assert.deepEqual(error.cause.map(({ scheme, parameters }) => [scheme, parameters.error]), [['bearer', 'invalid_token']])
        return error.response.status
    }
}

async function introspect() {
    const answer = await oauth.introspectionRequest(server, client, authentication, token)
    return oauth.processIntrospectionResponse(server, client, answer)
}

async function authenticate() {
    if (method === 'client_secret_basic') return oauth.ClientSecretBasic(process.env.CLIENT_SECRET)
    if (method === 'client_secret_post') return oauth.ClientSecretPost(process.env.CLIENT_SECRET)
    const jwk = JSON.parse(await readFile(process.env.CLIENT_KEY))
    const key = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
    return oauth.PrivateKeyJwt({ key, kid: jwk.kid })
}
