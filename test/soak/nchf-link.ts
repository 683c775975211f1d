/** An Nchf client over one connection at a time: what is not answered is sent again, to the next server. */
import { type ClientHttp2Session, connect } from 'node:http2'
import { setTimeout as sleep } from 'node:timers/promises'

const base = '/nchf-convergedcharging/v3/chargingdata'
const lateMs = 6_000

export interface NchfAnswer {
  readonly status: number
  readonly location: string
}

export class NchfLink {
  readonly #ports: readonly number[]
  #next: number
  #session: ClientHttp2Session | null = null
  #ended = false
  repeats = 0

  constructor(ports: readonly number[], first: number) {
    this.#ports = ports
    this.#next = first
  }

  /** Posts until the answer is one that a repeat would not change. */
  async post(path: string, body: Record<string, unknown>): Promise<NchfAnswer> {
    for (let tries = 0; ; tries++) {
      const text = JSON.stringify(tries === 0 ? body : { ...body, retransmissionIndicator: true })
      if (tries > 0) this.repeats += 1
      const answer = await this.#once(base + path, text)
      if (answer !== null && answer.status < 500 && answer.status !== 429) return answer
      if (this.#ended) throw new Error('the link was ended')
      await sleep(100)
    }
  }

  end(): void {
    this.#ended = true
    this.#session?.destroy()
  }

  #once(path: string, text: string): Promise<NchfAnswer | null> {
    return new Promise(resolve => {
      let status = 0
      let location = ''
      const stream = this.#connected().request({
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/json'
      })
      stream.setTimeout(lateMs, () => {
        stream.close()
        this.#session?.destroy()
      })
      stream.on('response', headers => {
        status = Number(headers[':status'])
        location = String(headers.location ?? '')
      })
      stream.on('error', () => {})
      stream.on('close', () => resolve(status === 0 ? null : { status, location }))
      stream.resume()
      stream.end(text)
    })
  }

  #connected(): ClientHttp2Session {
    const open = this.#session
    if (open !== null && !open.destroyed && !open.closed) return open
    const port = this.#ports[this.#next++ % this.#ports.length] ?? 0
    const session = connect(`http://127.0.0.1:${port}`)
    session.on('error', () => {})
    this.#session = session
    return session
  }
}
