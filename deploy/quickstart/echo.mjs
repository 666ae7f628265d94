/** The upstream of the quickstart: answers with the request that reached it, so that one sees what the proxy sent. */
import { createServer } from 'node:http'

const [port = '4400', host = '127.0.0.1'] = process.argv.slice(2)

const server = createServer((request, response) => {
  const chunks = []
  request.on('data', chunk => chunks.push(chunk))
  request.on('end', () => {
    const { method, url, headers } = request
    const body = Buffer.concat(chunks).toString()
    response.writeHead(200, { 'Content-Type': 'application/json' })
    response.end(`${JSON.stringify({ method, url, headers, body }, null, 2)}\n`)
  })
})
server.on('error', ({ message }) => {
  console.error(`The upstream cannot listen on ${host}:${port}: ${message}`)
  process.exit(1)
})
server.listen(Number(port), host, () => console.log(`The upstream listens on ${host}:${port}`))
