import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { createServices } from '../../../../src/doors/grpc/wire/services/services.ts'
import { until } from '../../../support/until.ts'

const request = {
  path: '/grpc.health.v1.Health/Check',
  headers: { 'content-type': 'application/grpc', te: 'trailers' },
}

test('each of many calls at once gets its head, then its data, then its trailers', async t => {
  const services = createServices()
  t.after(() => services.close())
  const orders = await Promise.all(
    Array.from({ length: 100 }, async () => {
      const order: string[] = []
      const call = await services.open(request, {
        head: () => void order.push('head'),
        data: () => void order.push('data'),
        trailers: () => void order.push('trailers'),
        closed: () => void order.push('closed'),
      })
      call.write(Buffer.alloc(5))
      call.end()
      return order
    }),
  )
  await until(() => orders.every(order => order.includes('closed')), 'all calls end')
  const different = new Set(orders.map(order => order.join(' ')))
  assert.deepEqual([...different], ['head data trailers closed'])
})

const ignore = (): void => undefined
const nothing = { head: ignore, data: ignore, trailers: ignore, closed: ignore }

test('a watch stays open while other callers cancel any number of calls', async t => {
  const services = createServices()
  t.after(() => services.close())
  const watch = { ...request, path: '/grpc.health.v1.Health/Watch' }
  let isOpen = true
  let answers = 0
  const count = (): void => {
    answers += 1
  }
  const closed = (): void => {
    isOpen = false
  }
  const watching = await services.open(watch, { ...nothing, data: count, closed })
  watching.write(Buffer.alloc(5))
  watching.end()
  for (let i = 0; i < 2500; i += 1) {
    const call = await services.open(watch, nothing)
    call.write(Buffer.alloc(5))
    if (i % 10 === 0) await wait(1)
    call.cancel()
  }
  services.setServing(true)
  await until(() => answers === 2 || !isOpen, 'the watch is answered')
  assert.ok(isOpen)
})
