/** Rules for traffic, as a final unit indication names them (RFC 5777 §3 to §5): those that an IPFilterRule can say. */
import type { AvpTable } from './types.ts'

export const trafficAvps = {
  'Filter-Rule': {
    code: 509,
    type: 'Grouped',
    mandatory: true,
    members: { 'Filter-Rule-Precedence': '?', Classifier: '?', 'Treatment-Action': '?' }
  },
  'Filter-Rule-Precedence': { code: 510, type: 'Unsigned32', mandatory: true },
  Classifier: {
    code: 511,
    type: 'Grouped',
    mandatory: true,
    members: {
      'Classifier-ID': '1',
      Protocol: '?',
      Direction: '?',
      'From-Spec': '*',
      'To-Spec': '*'
    }
  },
  'Classifier-ID': { code: 512, type: 'OctetString', mandatory: true },
  Protocol: { code: 513, type: 'Enumerated', mandatory: true },
  Direction: { code: 514, type: 'Enumerated', mandatory: true },
  'From-Spec': {
    code: 515,
    type: 'Grouped',
    mandatory: true,
    members: {
      'IP-Address': '*',
      'IP-Address-Mask': '*',
      Port: '*',
      'Port-Range': '*',
      Negated: '?',
      'Use-Assigned-Address': '?'
    }
  },
  'To-Spec': {
    code: 516,
    type: 'Grouped',
    mandatory: true,
    members: {
      'IP-Address': '*',
      'IP-Address-Mask': '*',
      Port: '*',
      'Port-Range': '*',
      Negated: '?',
      'Use-Assigned-Address': '?'
    }
  },
  Negated: { code: 517, type: 'Enumerated', mandatory: true },
  'IP-Address': { code: 518, type: 'Address', mandatory: true },
  'IP-Address-Mask': {
    code: 522,
    type: 'Grouped',
    mandatory: true,
    members: { 'IP-Address': '?', 'IP-Bit-Mask-Width': '?' }
  },
  'IP-Bit-Mask-Width': { code: 523, type: 'Unsigned32', mandatory: true },
  Port: { code: 530, type: 'Integer32', mandatory: true },
  'Port-Range': {
    code: 531,
    type: 'Grouped',
    mandatory: true,
    members: { 'Port-Start': '?', 'Port-End': '?' }
  },
  'Port-Start': { code: 532, type: 'Integer32', mandatory: true },
  'Port-End': { code: 533, type: 'Integer32', mandatory: true },
  'Use-Assigned-Address': { code: 534, type: 'Enumerated', mandatory: true },
  'Treatment-Action': { code: 572, type: 'Enumerated', mandatory: true }
} as const satisfies AvpTable
