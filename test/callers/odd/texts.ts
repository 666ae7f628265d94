/** What stands in odd places, in either version of HTTP. Latin1-coded. */

export const smuggled = 'GET /admin HTTP/1.1\r\nHost: app.example\r\n\r\n'

export const paths = [
  '/judged/../judged/a',
  '/judged/../admin',
  '/admin/../judged/a',
  '/judged/./a',
  '/judged/%2e%2e/admin',
  '/admin/%2e%2e/judged/a',
  '/judged/a%2fb',
  '/judged%2fa',
  '/judged//a',
  '//judged/a',
  '//admin/../judged/a',
  '//other.example/judged/a',
  '/judged\\a',
  '/judged/..\\admin',
  '/judged/a#b',
  '/judged#/../../admin',
  '/judged/a?x#y',
  '/judged/a;b=c',
  '/judged/..;/admin',
  '/judged/a b',
  '/judged/a HTTP/1.1',
  '/judged/a HTTP/1.1\r\nX-User: root\r\nX: ',
  '/judged/a\r\n',
  '/judged/a\t',
  '/judged/a\0/../../admin',
  '/judged/\xe9',
  '/judged/\xc3\xa9',
  '/judged/%c3%a9',
  '/judged/a%20b',
  '/judged/%61',
  '/%6audged/a',
  '/JUDGED/a',
  '/judged/a/',
  'judged/a',
  '',
  '*',
  '?/judged/a',
  'https://app.example/judged/a',
  'http://app.example/judged/a',
  'https://other.example/judged/a',
  'https://app.example/admin',
  'https:/judged/a',
  '@other.example/judged/a',
  ':80/judged/a',
  '.other.example/judged/a',
]

export const authorities = [
  'APP.example',
  'app.example:444',
  'app.example:',
  'app.example.',
  'user@app.example',
  'app.example/admin?',
  'app.example#',
  'app.example?x',
  'app.example\\',
  'app example',
  'app.example, other.example',
  'app.example\r\nX-User: root',
  'app.example\0',
  '[::1]',
  '[::1',
  '',
  '\xe9.example',
  'app.example%2fadmin',
]

export const methods = [
  ...['get', 'Get', 'GET ', '"GET"', '', 'G\0T', 'TRACE', 'CONNECT', 'PRI', 'OPTIONS'],
  'GET /admin HTTP/1.1\r\nX: ',
]

/** Each with the value `root`. */
export const names = [
  ...['X-User', 'X-USER', 'x_user', 'X_User', 'x-user ', ' x-user', 'x-user\t', 'x-user:'],
  ...[':x-user', 'x-user\0', 'x-user\r\nx-a', 'x-a: b\r\nx-user', 'x-user\x0b', 'x-us\xadr', ''],
]

export const values = [
  ...['a\r\nx-user: root', 'a\nx-user: root', 'a\rx-user: root', 'a\0b', ' a ', '\x0b', '\xff'],
  `\r\n\r\n${smuggled}`,
]
