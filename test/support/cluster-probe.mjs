// One worker, one connection: prints the messages that Node's cluster module sends and receives for it.
import cluster from 'node:cluster'
import { connect, createServer } from 'node:net'

if (cluster.isWorker) {
  createServer(socket => socket.end('x')).listen(0, '127.0.0.1')
} else {
  const worker = cluster.fork()
  const send = worker.process.send.bind(worker.process)
  let number
  let acknowledged = false
  worker.process.send = (...args) => {
    const [message, handle] = args
    if (message?.act === 'newconn' && typeof handle?.close === 'function') number = message.seq
    return send(...args)
  }
  worker.process.on('internalMessage', ({ ack }) => {
    acknowledged ||= number !== undefined && ack === number
  })
  worker.on('listening', ({ port }) => {
    connect(port, '127.0.0.1')
      .on('data', () => undefined)
      .on('close', () => setTimeout(end, 200))
  })
  const end = () => {
    process.stdout.write(JSON.stringify({ sent: number !== undefined, acknowledged }))
    worker.kill()
  }
}
