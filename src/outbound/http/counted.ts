import type { OutboundTally } from '../../observability/metrics/outbound.ts'
import type { Http, HttpReply } from './call.ts'

type Sent = Awaited<ReturnType<Http['send']>>

/** Wraps a client: adds every call to the tally. */
export const counted = (http: Http, tally: OutboundTally): Http => ({
  send: async call => {
    const start = performance.now()
    const sent = await http.send(call)
    tally.record(call.url, outcomeOf(sent), (performance.now() - start) / 1000)
    return sent
  },
  close: () => http.close(),
})

const outcomeOf = (sent: Sent): string => (sent.kind === 'failure' ? sent.code : classOf(sent))

const classOf = ({ status }: HttpReply): string => `${Math.floor(status / 100)}xx`
