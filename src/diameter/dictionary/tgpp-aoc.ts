/** Advice of charge (TS 32.299 §7.2, TS 32.280). */
import type { AvpTable } from './types.ts'

export const tgppAocAvps = {
  'Accumulated-Cost': {
    code: 2052,
    type: 'Grouped',
    mandatory: true,
    members: { 'Value-Digits': '1', Exponent: '?' }
  },
  'AoC-Cost-Information': {
    code: 2053,
    type: 'Grouped',
    mandatory: true,
    members: { 'Accumulated-Cost': '?', 'Incremental-Cost': '*', 'Currency-Code': '?' }
  },
  'AoC-Information': {
    code: 2054,
    type: 'Grouped',
    mandatory: true,
    members: {
      'AoC-Cost-Information': '?',
      'Tariff-Information': '?',
      'AoC-Subscription-Information': '?'
    }
  },
  'AoC-Request-Type': { code: 2055, type: 'Enumerated', mandatory: true },
  'Current-Tariff': {
    code: 2056,
    type: 'Grouped',
    mandatory: true,
    members: { 'Currency-Code': '?', 'Scale-Factor': '?', 'Rate-Element': '*' }
  },
  'Next-Tariff': {
    code: 2057,
    type: 'Grouped',
    mandatory: true,
    members: { 'Currency-Code': '?', 'Scale-Factor': '?', 'Rate-Element': '*' }
  },
  'Rate-Element': {
    code: 2058,
    type: 'Grouped',
    mandatory: true,
    members: {
      'CC-Unit-Type': '1',
      'Charge-Reason-Code': '?',
      'Unit-Value': '?',
      'Unit-Cost': '?',
      'Unit-Quota-Threshold': '?'
    }
  },
  'Scale-Factor': {
    code: 2059,
    type: 'Grouped',
    mandatory: true,
    members: { 'Value-Digits': '1', Exponent: '?' }
  },
  'Tariff-Information': {
    code: 2060,
    type: 'Grouped',
    mandatory: true,
    members: { 'Current-Tariff': '1', 'Tariff-Time-Change': '?', 'Next-Tariff': '?' }
  },
  'Unit-Cost': {
    code: 2061,
    type: 'Grouped',
    mandatory: true,
    members: { 'Value-Digits': '1', Exponent: '?' }
  },
  'Incremental-Cost': {
    code: 2062,
    type: 'Grouped',
    mandatory: true,
    members: { 'Value-Digits': '1', Exponent: '?' }
  },
  'Charge-Reason-Code': { code: 2118, type: 'Enumerated', mandatory: true },
  'AoC-Format': { code: 2310, type: 'Enumerated', mandatory: true },
  'AoC-Service': {
    code: 2311,
    type: 'Grouped',
    mandatory: true,
    members: { 'AoC-Service-Obligatory-Type': '?', 'AoC-Service-Type': '?' }
  },
  'AoC-Service-Obligatory-Type': { code: 2312, type: 'Enumerated', mandatory: true },
  'AoC-Service-Type': { code: 2313, type: 'Enumerated', mandatory: true },
  'AoC-Subscription-Information': {
    code: 2314,
    type: 'Grouped',
    mandatory: true,
    members: { 'AoC-Service': '*', 'AoC-Format': '?', 'Preferred-AoC-Currency': '?' }
  },
  'Preferred-AoC-Currency': { code: 2315, type: 'Unsigned32', mandatory: true }
} as const satisfies AvpTable
