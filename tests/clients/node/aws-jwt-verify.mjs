// aws-jwt-verify: Amazon's own verifier, on tokens of ours.
//
//   CLIENT_SECRET=… NODE_EXTRA_CA_CERTS=certs/server-ca/cert.pem \
//     node tests/clients/node/aws-jwt-verify.mjs https://localhost:8443 CLIENT_ID [aws ISSUER]
//
// With `aws` the tokens are verified as those of a user pool: by CognitoJwtVerifier when ISSUER is on Amazon's host (set
// `jwt.issuer` to it, and the verifier cannot tell), else by JwtVerifier with the same rules.
import assert from 'node:assert/strict'
import { CognitoJwtVerifier, JwtVerifier } from 'aws-jwt-verify'
import { validateCognitoJwtFields } from 'aws-jwt-verify/cognito-verifier'
import { call, discover, grant } from './grant.mjs'

const [url, id, profile, pool] = process.argv.slice(2)

if (profile === 'aws') {
    const token = await grant(new URL('/oauth2/token', url), id)
    const rules = { tokenUse: 'access', clientId: id }
    if (new URL(pool).hostname.endsWith('.amazonaws.com')) {
        const userPoolId = new URL(pool).pathname.slice(1)
        const verifier = CognitoJwtVerifier.create({ ...rules, userPoolId })
        verifier.cacheJwks(await (await fetch(new URL(`/${userPoolId}/.well-known/jwks.json`, url))).json())
        assert.equal((await verifier.verify(token)).client_id, id)
        await assert.rejects(verifier.verify(token, { tokenUse: 'access', clientId: 'another' }))
    } else {
        const customJwtCheck = ({ payload }) => validateCognitoJwtFields(payload, rules)
        const verifier = JwtVerifier.create({ issuer: pool, audience: null, customJwtCheck })
        await verifier.hydrate()
        assert.equal((await verifier.verify(token)).client_id, id)
    }
    assert.equal(await call(url, token), 200)
    console.log('aws: ok')
} else {
    const server = await discover(url)
    console.log('discovery: ok')
    const token = await grant(server.token_endpoint, id)
    console.log('grant: ok')
    const verifier = JwtVerifier.create({ issuer: server.issuer, audience: `${url}/test`, jwksUri: server.jwks_uri })
    const payload = await verifier.verify(token)
    assert.deepEqual([payload.sub, payload.client_id], [id, id])
    console.log('verification: ok')
    await assert.rejects(verifier.verify(token, { audience: url }))
    assert.equal(await call(url, token), 200)
    console.log('call: ok')
}
