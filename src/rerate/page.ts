/** A re-rating as one HTML page that needs nothing else: no scripts, no fonts, no addresses. */
import { barChart, escapeText } from './charts.ts'
import { remarksOf } from './remarks.ts'
import type { AccountJson, Summary } from './summary.ts'

const accountsShown = 25

export function pageOf(summary: Summary): string {
  const { all, currency, catalogue } = summary
  const title = `Re-rating by catalogue ${catalogue}`
  const winners = summary.accounts.filter(({ difference }) => difference.startsWith('-'))
  const losers = summary.accounts.filter(({ difference }) => !difference.startsWith('-'))
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeText(title)}</title>
<style>${style}</style></head><body>
<h1>${escapeText(title)}</h1>
<p>${escapeText(scopeOf(summary))}</p>
<table><tr><th>Charged now</th><th>By this catalogue</th><th>Difference</th></tr>
<tr><td>${all.charged} ${currency}</td><td>${all.rerated} ${currency}</td>
<td>${all.difference} ${currency}${shareOf(all)}</td></tr></table>
<p>${summary.winners} accounts would pay less, ${summary.losers} more, ${summary.unchanged} the same.</p>
${remarksOf(summary)
  .map(line => `<p>${line}.</p>`)
  .join('\n')}
${offersChart(summary)}
${changesChart(summary)}
${accountsTable('Who would pay less', winners, currency)}
${accountsTable('Who would pay more', losers, currency)}
</body></html>
`
}

function scopeOf({ from, until, offer, sessions, all, changed }: Summary): string {
  const whose = offer === null ? '' : ` of accounts with ${offer}`
  return `Sessions${whose} that began from ${from} until ${until}: ${sessions} with ${all.cdrs} CDRs, of which ${changed} would cost something else.`
}

function offersChart({ offers, currency }: Summary): string {
  const bars = offers.map(({ offer, charged, rerated }) => ({
    label: offer === '' ? 'no offer' : offer,
    values: [Number(charged), Number(rerated)],
    texts: [charged, rerated]
  }))
  if (bars.length === 0) return ''
  return barChart(`Revenue by offer, ${currency}`, ['charged now', 'by this catalogue'], bars)
}

function changesChart({ changes }: Summary): string {
  const bars = changes.map(({ share, accounts }) => ({
    label: share,
    values: [accounts],
    texts: [String(accounts)]
  }))
  return barChart('Accounts by the change of what they pay', ['accounts'], bars)
}

function accountsTable(title: string, accounts: readonly AccountJson[], currency: string): string {
  if (accounts.length === 0) return ''
  const rows = accounts
    .slice(0, accountsShown)
    .map(
      ({ accountId, msisdn, cdrs, charged, rerated, difference }) =>
        `<tr><td>${escapeText(accountId)}</td><td>${escapeText(msisdn ?? '')}</td><td>${cdrs}</td>` +
        `<td>${charged}</td><td>${rerated}</td><td>${difference}</td></tr>`
    )
  const more = accounts.length - rows.length
  return `<h2>${title}</h2>
<table><tr><th>Account</th><th>MSISDN</th><th>CDRs</th><th>Charged, ${currency}</th>
<th>Re-rated</th><th>Difference</th></tr>
${rows.join('\n')}
</table>${more > 0 ? `<p>and ${more} more</p>` : ''}`
}

function shareOf({ charged, difference }: Summary['all']): string {
  const base = Number(charged)
  if (base <= 0) return ''
  const share = (Number(difference) / base) * 100
  return ` (${share > 0 ? '+' : ''}${share.toFixed(2)} %)`
}

const style = `body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1b1f24}
h1{font-size:1.5rem}h2,figcaption{font-size:1.1rem;font-weight:600;margin-top:1.6rem}figure{margin:0}
table{border-collapse:collapse}th,td{padding:.25rem .9rem .25rem 0;text-align:right;font-variant-numeric:tabular-nums}
th:first-child,td:first-child,th:nth-child(2),td:nth-child(2){text-align:left}tr+tr td{border-top:1px solid #d5dae0}
svg{max-width:100%;height:auto}svg text{font:12px system-ui,sans-serif;fill:#1b1f24}.axis{stroke:#8b949e}
.s0,.k0{fill:#8b949e;background:#8b949e}.s1,.k1{fill:#0b7285;background:#0b7285}
.key{display:inline-block;width:.8em;height:.8em;margin:0 .3em 0 .8em}`
