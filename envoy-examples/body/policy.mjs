// A policy service for the example: transfers up to 1000 are allowed, and the upstream gets the limit.
// node envoy-examples/body/policy.mjs [PORT]
import { createServer } from 'node:http'

const port = Number(process.argv[2] ?? 10002)

createServer((request, response) => {
  const parts = []
  request.on('data', part => parts.push(part))
  request.on('end', () => {
    response.writeHead(isAllowed(Buffer.concat(parts).toString()) ? 200 : 403, { 'X-Limit': '1000' })
    response.end()
  })
}).listen(port, '127.0.0.1')

function isAllowed(body) {
  try {
    const { amount } = JSON.parse(body)
    return typeof amount === 'number' && amount > 0 && amount <= 1000
  } catch {
    return false
  }
}
