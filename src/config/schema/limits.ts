import { count, duration, section } from './parts.ts'

export const limits = section('Limits of one request and of all requests together.', {
  headers: section('Request headers.', {
    bytes: count(65_536, 'The largest size of all headers of a request. More is refused with 431.'),
  }),
  path: section('Request targets.', {
    bytes: count(16_384, 'The longest path and query of a request. More is refused with 414.'),
  }),
  body: section('Request bodies that a handler reads.', {
    bytes: count(1_048_576, 'The largest such body. More is refused with 413.'),
  }),
  requests: section('Requests at the same time.', {
    concurrent: count(
      10_000,
      'The most requests at the same time, for each process. More are refused with 503.',
    ),
  }),
  decision: section('One decision.', {
    timeout: duration('10s', 'The longest time of a decision. After it the answer is 504.'),
  }),
  connection: section('One connection.', {
    idle: duration('120s', 'How long a connection may stay open without a request.'),
  }),
  outbound: section('Calls to other services.', {
    timeout: duration('5s', 'The longest time of one call.'),
    concurrent: count(
      256,
      'The most calls to one origin at the same time, for each process. Further calls wait.',
    ),
    bytes: count(1_048_576, 'The largest answer that is read.'),
  }),
})
