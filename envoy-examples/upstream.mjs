// A tiny upstream for the examples: answers every request with what it received, as JSON.
// node envoy-examples/upstream.mjs [PORT]
import { createServer } from 'node:http'

const port = Number(process.argv[2] ?? 10001)

createServer(({ method, url, headers }, response) => {
  response.setHeader('content-type', 'application/json')
  response.end(`${JSON.stringify({ method, path: url, headers }, null, 2)}\n`)
}).listen(port, '127.0.0.1')
