// A key pair for private_key_jwt (ES256): the private key for the client, the public one for `authbench client add --jwks`.
//
//   node tests/clients/node/make-key.mjs PRIVATE.jwk PUBLIC.jwks.json
import { writeFile } from 'node:fs/promises'
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose'

const [secret, shown] = process.argv.slice(2)
const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
const jwk = await exportJWK(publicKey)
const named = { kid: await calculateJwkThumbprint(jwk), alg: 'ES256', use: 'sig' }
await writeFile(secret, JSON.stringify({ ...(await exportJWK(privateKey)), kid: named.kid }), { mode: 0o600 })
await writeFile(shown, JSON.stringify({ keys: [{ ...jwk, ...named }] }))
