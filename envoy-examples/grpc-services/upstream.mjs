// A tiny gRPC server: answers every method with an empty message, and prints who is calling.
// node envoy-examples/grpc-services/upstream.mjs [PORT]
import { createServer } from 'node:http2'

const port = Number(process.argv[2] ?? 10001)
const emptyMessage = Buffer.alloc(5)

createServer()
  .on('stream', (stream, headers) => {
    console.log(`${headers[':path']} x-user=${headers['x-user']}`)
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    stream.respond({ 'content-type': 'application/grpc' }, { waitForTrailers: true })
    stream.end(emptyMessage)
  })
  .listen(port, '127.0.0.1')
