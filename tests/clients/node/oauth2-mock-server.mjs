// oauth2-mock-server as another issuer, over https, with tokens as RFC 9068 has them, or with `aws` as Cognito has them.
//
//   node tests/clients/node/oauth2-mock-server.mjs CERT.pem KEY.pem IDENTIFIER [aws]
//
// IDENTIFIER is that of the resource server for which the tokens are. Prints one line of JSON when it serves. Each line on its
// standard input rotates: a new key is published and signs at once, the old ones stay published for tokens that are under
// way. Ends with its standard input.
import { randomUUID } from 'node:crypto'
import { createInterface } from 'node:readline'
import { OAuth2Server } from 'oauth2-mock-server'

const [cert, key, identifier, profile] = process.argv.slice(2)
const server = new OAuth2Server(key, cert)
const { issuer, service } = server

// The library takes turns among its keys; an issuer signs with the newest.
let newest = (await issuer.keys.generate('RS256')).kid
const get = issuer.keys.get.bind(issuer.keys)
issuer.keys.get = (kid) => get(kid ?? newest)

service.on('beforeTokenSigning', ({ header, payload }, request) => {
    const client = request.body.client_id
    Object.assign(payload, { sub: client, client_id: client, jti: randomUUID(), scope: `${identifier}/hello-world` })
    if (profile === 'aws') {
        header.typ = undefined
        Object.assign(payload, { token_use: 'access', auth_time: payload.iat, version: 2 })
        delete payload.aud
    } else {
        header.typ = 'at+jwt'
        payload.aud = identifier
    }
})

await server.start(0, '127.0.0.1')
console.log(JSON.stringify({ issuer: issuer.url, jwks_uri: `${issuer.url}/jwks`, token_endpoint: `${issuer.url}/token` }))

for await (const _ of createInterface({ input: process.stdin })) {
    newest = (await issuer.keys.generate('RS256')).kid
    console.log(JSON.stringify({ kid: newest }))
}
await server.stop()
