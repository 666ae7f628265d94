/** A call of health or reflection on a stream: its bytes go to the service and back. */
import type { GiveUpReason, Holder } from '../../../../http2/bounds.ts'
import type { NewRequest } from '../../../../http2/connection.ts'
import { encodeFields } from '../../../../http2/hpack/encode.ts'
import { errorCode, smallestMaxFrame } from '../../../../http2/protocol.ts'
import type { Stream, StreamHandler } from '../../../../http2/stream.ts'
import { type Refusal, servicesFailed, tooMuch, tooSlow } from '../refusals.ts'
import type { Route } from '../route.ts'
import { type ServiceKind, serviceHeaders } from '../services/service-limits.ts'
import type { ServiceCall as Call, FlatHeaders, ServiceRequest } from '../services/services.ts'
import { refuse, refuseAtOnce } from './blocks.ts'

export interface ServiceCallOptions {
  readonly route: Route
  readonly kind: ServiceKind
  /** Called once, when the stream is over. */
  readonly onEnd: () => void
}

/** Begins the call; `request.fields` are read at once. */
export function beginServiceCall(request: NewRequest, options: ServiceCallOptions): StreamHandler {
  const { stream, head, isWhole } = request
  const call = new ServiceStream(stream, { path: head.path, headers: headersOf(request) }, options)
  if (!hasOneMessage(options.kind)) call.open()
  if (isWhole) call.end()
  return call
}

const headersOf = ({ fields }: NewRequest): Readonly<Record<string, string>> =>
  Object.fromEntries(
    fields
      .filter(({ name }) => serviceHeaders.includes(name))
      .map(({ name, value }) => [name, value]),
  )

/** Such a call is opened when its message has arrived: an open call of grpc-js takes much memory. */
const hasOneMessage = ({ longest }: ServiceKind): boolean => longest === undefined

/** Memory of a part besides its bytes, roughly. */
const partOverhead = 128

class ServiceStream implements StreamHandler, Holder {
  held = 0
  until: number
  private readonly stream: Stream
  private readonly request: ServiceRequest
  private readonly options: ServiceCallOptions
  private readonly ends: number
  private service: Call | undefined
  /** What came before the service was there. */
  private early: Buffer[] = []
  private received = 0
  private isWhole = false
  private hasHead = false
  private isAnswered = false
  private isOver = false

  constructor(stream: Stream, request: ServiceRequest, options: ServiceCallOptions) {
    this.stream = stream
    this.request = request
    this.options = options
    const { route, kind } = options
    const now = performance.now()
    this.until = now + route.readTimeout
    this.ends = now + (kind.longest ?? Number.POSITIVE_INFINITY)
    route.bounds.add(this)
  }

  open(): void {
    this.options.route.services
      .open(this.request, {
        head: (headers, ends) => this.head(headers, ends),
        data: chunk => this.answer(chunk),
        trailers: headers => this.trailers(headers),
        closed: () => this.serviceClosed(),
      })
      .then(service => this.connect(service))
      .catch(() => this.refuse(servicesFailed))
  }

  private connect(service: Call): void {
    if (this.isOver) {
      service.cancel()
      return
    }
    this.service = service
    for (const part of this.early) service.write(part)
    this.early = []
    if (this.isWhole) service.end()
  }

  data(bytes: Buffer, start: number, end: number): void {
    const { route, kind } = this.options
    const length = end - start
    this.stream.credit(length)
    if (this.isOver) return
    this.received += length
    // Each message of the caller begins its time again.
    if (kind.longest !== undefined) {
      this.until = Math.min(this.ends, performance.now() + route.readTimeout)
    }
    const isHeld =
      this.received <= kind.requestBytes && route.bounds.hold(this, length + partOverhead)
    if (!isHeld) this.refuse(tooMuch)
    else if (this.stream.isOver) route.bounds.release(this)
    else this.pass(Buffer.from(bytes.subarray(start, end)))
  }

  private pass(part: Buffer): void {
    if (this.service === undefined) this.early.push(part)
    else this.service.write(part)
  }

  end(): void {
    this.isWhole = true
    const { route, kind } = this.options
    if (hasOneMessage(kind)) {
      route.bounds.remove(this)
      this.open()
    } else this.service?.end()
  }

  head(headers: FlatHeaders, ends: boolean): void {
    this.hasHead = true
    this.send(headers, block => this.stream.sendHead(block, ends))
    if (ends) this.finish()
  }

  /** A part of the answer. */
  answer(chunk: Buffer): void {
    if (this.stream.send(chunk)) return
    this.service?.pause()
    this.awaitCaller()
  }

  trailers(headers: FlatHeaders): void {
    if (this.isOver) return
    this.isAnswered = true
    this.send(headers, block => this.stream.finish(block))
    if (this.stream.isBlocked()) this.awaitCaller()
    else this.finish()
  }

  /** The caller has to receive what waits. */
  private awaitCaller(): void {
    const { route } = this.options
    this.until = performance.now() + route.readTimeout
    route.bounds.add(this)
  }

  drained(): void {
    if (this.isAnswered) this.finish()
    else {
      this.service?.resume()
      if (this.isWhole) this.options.route.bounds.remove(this)
    }
  }

  private send(headers: FlatHeaders, send: (block: Buffer) => void): void {
    const block = encodeFields(pairs(headers))
    // The answers of these services are small; larger ones would need CONTINUATION.
    if (block.length >= smallestMaxFrame) this.stream.reset(errorCode.internalError)
    else send(block)
  }

  closed(): void {
    this.service?.cancel()
    this.finish()
  }

  giveUp(reason: GiveUpReason): void {
    this.refuse(reason === 'too_slow' ? tooSlow : tooMuch, refuseAtOnce)
  }

  /** The service ends its stream behind the answer, or because it failed. */
  serviceClosed(): void {
    if (!this.isAnswered) this.refuse(servicesFailed)
  }

  refuse(refusal: Refusal, send = refuse): void {
    if (this.isOver) return
    this.service?.cancel()
    this.finish()
    if (this.hasHead) this.stream.reset(errorCode.cancel)
    else send(this.stream, refusal)
  }

  private finish(): void {
    if (this.isOver) return
    this.isOver = true
    const { route, onEnd } = this.options
    route.bounds.remove(this)
    route.bounds.release(this)
    onEnd()
  }
}

function* pairs(flat: FlatHeaders): Iterable<readonly [string, string]> {
  for (let i = 0; i < flat.length; i += 2) yield [flat[i] ?? '', flat[i + 1] ?? '']
}
