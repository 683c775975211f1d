/** A bare TCP echo in a process of its own: the ceiling of what a Node.js server could do with such messages. */
import net from 'node:net'

const server = net.createServer({ noDelay: true }, socket => {
  socket.on('data', chunk => socket.write(chunk))
  socket.on('error', () => socket.destroy())
})
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ port: (server.address() as net.AddressInfo).port }))
})
setInterval(() => {}, 60_000)
process.on('SIGTERM', () => process.exit(0))
