// node:tls: calls with a client certificate. Takes and prints what python/mtls.py does, which has the words.
//
//   echo '{"port": 8443, "ca": …}' | node tests/clients/node/mtls.mjs
import { readFileSync } from 'node:fs'
import http2 from 'node:http2'
import { createInterface } from 'node:readline'
import tls from 'node:tls'

const read = file => file && readFileSync(file)

function options(call) {
    const version = call.tls && `TLSv1${call.tls === '1.0' ? '' : call.tls.slice(1)}`
    const name = call.name === undefined ? 'localhost' : call.name
    return {
        host: '127.0.0.1',
        port: call.port,
        localAddress: call.from,
        // An address is never sent as a name; the certificate is verified for it all the same.
        servername: name === null || name === '127.0.0.1' ? '' : name,
        checkServerIdentity: (host, certificate) =>
            name === 'localhost' || name === '127.0.0.1' ? tls.checkServerIdentity(name, certificate) : undefined,
        ca: read(call.ca),
        cert: read(call.cert),
        key: read(call.key),
        ALPNProtocols: call.alpn ?? [],
        ...(version && { minVersion: version, maxVersion: version }),
        ...(call.tls < '1.2' && { ciphers: 'ALL:@SECLEVEL=0' }),
    }
}

// The answer, or the error that came instead; the sockets tell of tickets on the way.
function ask(known, call, session, keep) {
    return new Promise((done, failed) => {
        const socket = tls.connect({ ...known, session })
        let answer = ''
        socket.setTimeout(20_000, () => socket.destroy(new Error('silent')))
        socket.on('session', keep)
        socket.on('error', failed)
        const host = call.host ?? 'localhost'
        socket.on('secureConnect', () => {
            if (socket.alpnProtocol === 'h2') return askByHttp2(socket, host, done, failed)
            socket.on('data', octets => (answer += octets))
            socket.on('end', () => done([answer, socket.isSessionReused()]))
            socket.write(`GET /test/hello-world HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`)
        })
    })
}

// The same by HTTP/2, the answer written as HTTP/1.1 has it.
function askByHttp2(socket, host, done, failed) {
    const connection = http2.connect(`https://${host}`, { createConnection: () => socket })
    connection.on('error', failed)
    const request = connection.request({ ':path': '/test/hello-world' })
    let answer = ''
    request.on('response', headers => (answer = `HTTP/2 ${headers[':status']}\r\n\r\n`))
    request.on('data', octets => (answer += octets))
    request.on('end', () => connection.close(() => done([answer, socket.isSessionReused()])))
    request.on('error', failed)
}

function outcome(answer, resumed) {
    if (answer === '') return 'closed'
    const [head, body] = answer.split('\r\n\r\n', 2)
    const status = head.split(' ')[1]
    if (status === '200' && body === '{"message": "hello world!"}') {
        return `allowed${head.startsWith('HTTP/2 ') ? ' by h2' : ''}${resumed ? ', resumed' : ''}`
    }
    return `${status} ${JSON.parse(body).reason}`
}

function broken(error) {
    const alert = /_ALERT_(\w+)/.exec(error.code ?? '')
    if (alert) return `alert ${alert[1].toLowerCase()}`
    if (error.code === 'ECONNRESET') return 'closed'
    return error.library === 'x509 certificate routines' ? `cannot: ${error.reason.replaceAll(' ', '_')}` : `broken: ${error}`
}

let known, session
for await (const line of createInterface({ input: process.stdin })) {
    const call = JSON.parse(line)
    if (!call.resume) [known, session] = [options(call), undefined]
    try {
        console.log(outcome(...(await ask(known, call, session, ticket => (session = ticket)))))
    } catch (error) {
        console.log(broken(error))
    }
}
