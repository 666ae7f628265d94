import type { Response } from 'express'
import { renderError } from '../../handlers/errors/error-body.ts'
import type { Failure } from '../../model/failure.ts'

export function sendFailure(response: Response, failed: Failure): void {
  const { status, headers, body } = renderError({ failure: failed, text: failed.info })
  for (const [name, values] of headers) response.setHeader(name, [...values])
  response.status(status).end(Buffer.from(body, 'latin1'))
}
