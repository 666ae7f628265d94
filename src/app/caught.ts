/** What a door throws is a bug, and ends one request: thrown further it would end the process. */
import type { RequestListener, UpgradeListener } from '../doors/listener.ts'

export type OnBug = (bug: unknown) => void

export const caughtRequest =
  (listener: RequestListener, onBug: OnBug): RequestListener =>
  (incoming, response) => {
    try {
      listener(incoming, response)
    } catch (bug) {
      onBug(bug)
      if (response.headersSent) response.destroy()
      else response.writeHead(500, { 'Content-Length': '0' }).end()
    }
  }

export const caughtUpgrade =
  (listener: UpgradeListener, onBug: OnBug): UpgradeListener =>
  (incoming, socket, head) => {
    try {
      listener(incoming, socket, head)
    } catch (bug) {
      onBug(bug)
      socket.destroy()
    }
  }
