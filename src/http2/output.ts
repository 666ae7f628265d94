/** What a connection writes: everything of one turn of the event loop leaves in one piece. */
import type { Duplex } from 'node:stream'

/** Bytes that a socket may have accepted and not sent; beyond it, nothing more is read from the connection. */
const full = 65_536

export interface OutputEvents {
  /** Adds `flush` to the work at the end of this turn. */
  readonly schedule: (flush: () => void) => void
  /** The client reads too slowly: nothing more should be read from it until `onDrain`. */
  readonly onFull: () => void
  readonly onDrain: () => void
}

export class Output {
  private readonly socket: Duplex
  private readonly events: OutputEvents
  private parts: Buffer[] = []
  private bytes = 0
  isFull = false
  readonly flush: () => void

  constructor(socket: Duplex, events: OutputEvents) {
    this.socket = socket
    this.events = events
    this.flush = () => this.flushNow()
    socket.on('drain', () => {
      if (!this.isFull) return
      this.isFull = false
      events.onDrain()
    })
  }

  /** Bytes that have not left the process. */
  unsent(): number {
    return this.bytes + this.socket.writableLength
  }

  write(part: Buffer): void {
    this.bytes += part.length
    if (this.parts.push(part) === 1) this.events.schedule(this.flush)
  }

  private flushNow(): void {
    const { parts, socket } = this
    const [first] = parts
    if (first === undefined || !socket.writable) return
    const whole = parts.length === 1 ? first : Buffer.concat(parts, this.bytes)
    this.parts = []
    this.bytes = 0
    socket.write(whole)
    if (this.isFull || socket.writableLength <= full) return
    this.isFull = true
    this.events.onFull()
  }
}
