import assert from 'node:assert/strict'
import { test } from 'node:test'
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
