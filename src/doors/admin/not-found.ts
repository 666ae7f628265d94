import type { Request, Response } from 'express'

const reason =
  'The requested route does not exist. Make sure you are using the right path, domain, and port.'

const page = `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>404 - Route not found</title></head>
<body><h1>Error 404</h1><p>${reason}</p></body>
</html>
`

/** The answer for unknown routes, in the format of the Accept header; default: HTML. */
export function notFound(request: Request, response: Response): void {
  response.status(404)
  switch (request.accepts(['html', 'text', 'json'])) {
    case 'json':
      response.type('application/json; charset=utf-8')
      response.send(
        `${JSON.stringify({ error: { code: 404, message: 'Not Found', reason } }, null, 2)}\n`,
      )
      return
    case 'text':
      response.type('text/plain; charset=utf-8').send(`Error 404 - ${reason}`)
      return
    default:
      response.type('text/html; charset=utf-8').send(page)
  }
}
