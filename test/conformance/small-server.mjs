/** A server for the runner's own tests: ready at once, greets by name, refuses a configuration that asks for it. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const config = JSON.parse(readFileSync(process.argv[process.argv.indexOf('--config') + 1], 'utf8'))
if (config.refuse) process.exit(3)

createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://small.test')
  if (pathname === '/health/ready') return response.end()
  if (pathname === '/die') process.exit(1)
  if (pathname === '/ask') await fetch(`http://${searchParams.get('at')}/asked`)
  response.setHeader('X-Greeting', `hello ${request.headers.host}`)
  response.end('well met')
}).listen(config.serve.api.port, config.serve.api.host)
