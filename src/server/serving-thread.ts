/**
 * A thread for the server, with a heap that suits it.
 *
 * Most of what a request allocates is garbage when its answer goes out. With the young generation that V8 gives a
 * program (16 MB) a busy server collects it some hundred times a second, and much of it survives only because the
 * answer is still being waited for: a quarter of the processor time went there. The size cannot be changed once a
 * program runs, but a thread may have its own. The main thread has only the signals.
 *
 * The old generation is marked as a whole whenever it has grown to a few times what is in use, which is little at first:
 * answers waited for that several times in the first minute. So it may grow for a while before.
 */
import { EventEmitter } from 'node:events'
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

type Signal = 'SIGTERM' | 'SIGINT' | 'SIGHUP'

const signals: readonly Signal[] = ['SIGTERM', 'SIGINT', 'SIGHUP']
/** Half of it is in use at a time: three halves of 64 MB in the terms of V8. */
const youngGenerationMb = 192
/** Marks the thread of the server among all threads of the program. */
const role = 'gyro-serve'

/** Nothing of the old generation is collected before it has so many MB. V8 takes half of what it may have at most. */
const oldGenerationFlag = '--initial-old-space-size=256'

/** For processes of their own, which take them when they start. */
export const heapFlags: readonly string[] = ['--max-semi-space-size=64', oldGenerationFlag]

/** Whether this is the thread that `serveInThread` has started. */
function isServingThread(): boolean {
  return !isMainThread && workerData === role
}

/** Where the signals of the process arrive: the process, or in the server's thread what the main thread passes on. */
export function signalSource(): EventEmitter {
  if (!isServingThread()) return process
  const source = new EventEmitter()
  // The port would hold the thread, which is to end when nothing is left to serve.
  parentPort?.on('message', (signal: Signal) => source.emit(signal)).unref()
  return source
}

/**
 * Runs the program again, with the same arguments, in a thread of its own; its exit status. Signals of the process
 * are passed on to it. Rejects with what the thread failed with.
 */
export function serveInThread(program: URL): Promise<number> {
  setFlagsFromString(oldGenerationFlag)
  const thread = new Worker(program, {
    argv: process.argv.slice(2),
    workerData: role,
    resourceLimits: {
      maxYoungGenerationSizeMb: youngGenerationMb,
      maxOldGenerationSizeMb: Math.floor(getHeapStatistics().heap_size_limit / 1_048_576)
    }
  })
  for (const signal of signals) process.on(signal, () => thread.postMessage(signal))
  return new Promise((resolve, reject) => {
    thread.once('error', reject)
    thread.once('exit', resolve)
  })
}
