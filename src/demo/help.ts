/** How to go on from the demo to a real gateway. */
import type { Config } from '../ops/config.ts'

export function connectionHelp(config: Config): string {
  const { originHost, originRealm } = config.diameter
  return `
How to connect a real gateway
-----------------------------
1. Start the server where the gateway can reach it:

     GYRO_DIAMETER_LISTEN=0.0.0.0:3868 npx gyro serve

2. Give the subscriber an account, beside the running server or before it:

     echo '{"id":"me","lines":[{"msisdn":"491700000001","imsi":"001010000000001"}],
       "offers":["prepaid-go"],"topUp":"20.00"}' | tr -d '\\n' | npx gyro accounts import
     npx gyro accounts show me

3. Open5GS: in the freeDiameter configuration of the SMF (smf.conf), name Gyro as a peer:

     ConnectPeer = "${originHost}" {
       ConnectTo = "127.0.0.1"; Port = 3868; No_TLS;
     };

   ${originHost} is GYRO_ORIGIN_HOST; its realm ${originRealm} is GYRO_ORIGIN_REALM and is best
   set to the realm of the SMF, because that is where it sends its requests to.
   In smf.yaml, switch charging on (smf: ctf: enabled: yes).

4. Watch:

     npx gyro sessions
     npx gyro cdr list
`
}
