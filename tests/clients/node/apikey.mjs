// Node's own clients with an API key: fetch, and http2.
//
//   KEY=… NODE_EXTRA_CA_CERTS=certs/server-ca/cert.pem node tests/clients/node/apikey.mjs https://localhost:8443
import { connect } from 'node:http2'

const [url] = process.argv.slice(2)
const key = process.env.KEY
const path = '/test/hello-world'

const right = await fetch(url + path, { headers: { 'x-api-key': key } })
console.log(`http/1.1: ${right.status}`)

const wrong = await fetch(url + path, { headers: { 'x-api-key': `${key}x` } })
console.log(`http/1.1 with a wrong key: ${wrong.status} ${(await wrong.json()).reason}`)

const session = connect(url)
const request = session.request({ ':path': path, 'x-api-key': key })
request.on('response', (headers) => console.log(`http/2: ${headers[':status']}`))
request.on('end', () => session.close())
request.resume()
