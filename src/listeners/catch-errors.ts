/** An exception of a door is a bug. It ends one request instead of the process. */
import type { RequestListener, UpgradeListener } from '../doors/http/listener.ts'
import { guarded, type OnBug } from '../lib/guarded.ts'

export const caughtRequest =
  (listener: RequestListener, onBug: OnBug): RequestListener =>
  (incoming, response) => {
    const answer = guarded(
      () => {
        if (response.headersSent) response.destroy()
        else response.writeHead(500, ['Content-Length', '0']).end()
      },
      () => response.destroy(),
    )
    guarded(listener, bug => {
      onBug(bug)
      answer()
    })(incoming, response)
  }

export const caughtUpgrade =
  (listener: UpgradeListener, onBug: OnBug): UpgradeListener =>
  (incoming, socket, head) =>
    guarded(listener, bug => {
      onBug(bug)
      socket.destroy()
    })(incoming, socket, head)
