/** Counts the answers of an HTTP door, without health probes, like Oathkeeper. */
import type { ServerResponse } from 'node:http'
import { guarded } from '../../lib/guarded.ts'
import type { RequestTally, Service } from '../../observability/metrics/requests.ts'
import { splitTarget } from '../request/path.ts'
import type { RequestListener } from './listener.ts'
import { requestOf } from './noted-request.ts'

export interface Measuring {
  readonly service: Service
  readonly tally: RequestTally
}

export const measured =
  (listener: RequestListener, { service, tally }: Measuring): RequestListener =>
  (incoming, response) => {
    const start = performance.now()
    const { method = '', url: target = '' } = incoming
    response.on(
      'close',
      guarded(() => {
        if (isHealthProbe(response, target)) return
        const facts = { method, target, status: statusOf(response) }
        tally.record(service, facts, (performance.now() - start) / 1000)
      }),
    )
    listener(incoming, response)
  }

/** nginx's status for a client that disconnected before the answer. */
const clientClosedRequest = 499

export const statusOf = ({ headersSent, statusCode }: ServerResponse): number =>
  headersSent ? statusCode : clientClosedRequest

const probes = new Set(['/health/alive', '/health/ready'])

/** Uses the path that was decided, if there is one: checks of health paths are not counted either. */
export const isHealthProbe = (response: ServerResponse, target: string): boolean =>
  probes.has(requestOf(response)?.path ?? splitTarget(target).path)
