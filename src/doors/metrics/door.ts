import type { IncomingMessage, ServerResponse } from 'node:http'
import { splitTarget } from '../request/path.ts'

export interface MetricsDoorOptions {
  readonly path: string
  readonly contentType: string
  readonly text: () => Promise<string>
  readonly onBug: (bug: unknown) => void
}

/** Answers GET and HEAD of one path with the metrics, every other request with 404. */
export const createMetricsDoor =
  ({ path, contentType, text, onBug }: MetricsDoorOptions) =>
  (incoming: IncomingMessage, response: ServerResponse): void => {
    const { method, url = '' } = incoming
    const isAsked = (method === 'GET' || method === 'HEAD') && splitTarget(url).path === path
    if (!isAsked) {
      send(response, 404, { type: plain, body: 'Not Found\n' })
      return
    }
    text()
      .then(body => send(response, 200, { type: contentType, body }))
      .catch(bug => {
        onBug(bug)
        if (response.headersSent) response.destroy()
        else send(response, 500, { type: plain, body: 'Internal Server Error\n' })
      })
      .catch(onBug)
  }

const plain = 'text/plain; charset=utf-8'

interface Content {
  readonly type: string
  readonly body: string
}

function send(response: ServerResponse, status: number, { type, body }: Content): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) })
  response.end(body)
}
