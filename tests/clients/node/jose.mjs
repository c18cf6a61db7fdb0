// jose: a token of ours, verified by the JWKS that we publish.
//
//   CLIENT_SECRET=… NODE_EXTRA_CA_CERTS=certs/server-ca/cert.pem \
//     node tests/clients/node/jose.mjs https://localhost:8443 CLIENT_ID [aws ISSUER]
import assert from 'node:assert/strict'
import { createRemoteJWKSet, decodeProtectedHeader, errors, jwtVerify } from 'jose'
import { call, discover, grant } from './grant.mjs'

const [url, id, profile, pool] = process.argv.slice(2)

if (profile === 'aws') {
    const token = await grant(new URL('/oauth2/token', url), id)
    const keys = createRemoteJWKSet(new URL(`${pool}/.well-known/jwks.json`))
    const requiredClaims = ['sub', 'token_use', 'scope', 'auth_time', 'exp', 'iat', 'version', 'jti', 'client_id']
    const { payload, protectedHeader } = await jwtVerify(token, keys, { issuer: pool, algorithms: ['RS256'], requiredClaims })
    assert.deepEqual(Object.keys(protectedHeader).sort(), ['alg', 'kid'])
    assert.deepEqual([payload.token_use, payload.client_id, payload.aud], ['access', id, undefined])
    assert.equal(await call(url, token), 200)
    console.log('aws: ok')
} else {
    const server = await discover(url)
    console.log('discovery: ok')
    const token = await grant(server.token_endpoint, id)
    console.log('grant: ok')
    const keys = createRemoteJWKSet(new URL(server.jwks_uri))
    const rules = {
        issuer: server.issuer,
        audience: `${url}/test`,
        typ: 'at+jwt',
        algorithms: ['ES256', 'RS256', 'EdDSA'],
        requiredClaims: ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti'],
        maxTokenAge: '1 minute',
        clockTolerance: 1,
    }
    const { payload } = await jwtVerify(token, keys, rules)
    assert.deepEqual([payload.sub, payload.client_id], [id, id])
    console.log(`verification by ${decodeProtectedHeader(token).alg}: ok`)
    await assert.rejects(jwtVerify(token, keys, { ...rules, audience: url }), errors.JWTClaimValidationFailed)
    assert.equal(await call(url, token), 200)
    console.log('call: ok')
}
