/** Unusual texts in the path, the host and headers, in both HTTP versions. Latin1-coded. */

export const smuggled = 'GET /admin HTTP/1.1\r\nHost: app.example\r\n\r\n'

export const paths = [
  '/matched/../matched/a',
  '/matched/../admin',
  '/admin/../matched/a',
  '/matched/./a',
  '/matched/%2e%2e/admin',
  '/admin/%2e%2e/matched/a',
  '/matched/a%2fb',
  '/matched%2fa',
  '/matched//a',
  '//matched/a',
  '//admin/../matched/a',
  '//other.example/matched/a',
  '/matched\\a',
  '/matched/..\\admin',
  '/matched/a#b',
  '/matched#/../../admin',
  '/matched/a?x#y',
  '/matched/a;b=c',
  '/matched/..;/admin',
  '/matched/a b',
  '/matched/a HTTP/1.1',
  '/matched/a HTTP/1.1\r\nX-User: root\r\nX: ',
  '/matched/a\r\n',
  '/matched/a\t',
  '/matched/a\0/../../admin',
  '/matched/\xe9',
  '/matched/\xc3\xa9',
  '/matched/%c3%a9',
  '/matched/a%20b',
  '/matched/%61',
  '/%6audged/a',
  '/MATCHED/a',
  '/matched/a/',
  'matched/a',
  '',
  '*',
  '?/matched/a',
  'https://app.example/matched/a',
  'http://app.example/matched/a',
  'https://other.example/matched/a',
  'https://app.example/admin',
  'https:/matched/a',
  '@other.example/matched/a',
  ':80/matched/a',
  '.other.example/matched/a',
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
