import t from 'tap'
import type { Catalogue } from '../../src/rating/catalogue.ts'
import { classify } from '../../src/rating/classify.ts'
import { loadCatalogue } from '../../src/rating/load/load.ts'
import { parseDialled } from '../../src/rating/number.ts'
import { createPrefixTable } from '../../src/rating/prefix-table.ts'

const demo = await loadCatalogue('conf/catalogue')

/** The demo catalogue with destinations that differ in the length of their prefixes. */
const prefixes: Catalogue = {
  ...demo,
  destinations: createPrefixTable([
    ['1', 'america'],
    ['1876', 'jamaica'],
    ['49', 'germany'],
    ['44', 'britain'],
    ['447', 'britain-mobile']
  ]),
  shortNumbers: new Map([
    ['150', 'hotline'],
    ['*100#', 'hotline']
  ])
}

t.test('the service is that of the rating group, or of the context without one', async t => {
  const service = (context: string, group: number | null) =>
    classify(demo, context, group, {})?.service.id ?? null
  t.equal(service('32251', 10), 'internet')
  t.equal(service('32251', 20), 'zero-rated')
  t.equal(service('32260', 100), 'voice')
  t.equal(service('32274', 200), 'sms')
  t.equal(service('32251', null), 'internet')
  t.equal(service('32260', null), 'voice')
  t.equal(service('32274', null), 'sms')
  t.equal(service('32274', 10), 'internet', 'a rating group decides before the context')
  t.equal(service('32251', 11), null)
  t.equal(service('32299', null), null)
  t.equal(classify(demo, '32274', null, {})?.ratingGroup, 200)
})

t.test('the zone is that of the network, else of its country, else the other one', async t => {
  const zone = (plmn?: string) =>
    classify(demo, '32251', 10, plmn === undefined ? {} : { plmn })?.zone
  t.equal(zone('26201'), 'home')
  t.equal(zone('26202'), 'home')
  t.equal(zone('26203'), 'eu', 'another network of Germany')
  t.equal(zone('20801'), 'eu')
  t.equal(zone('22210'), 'eu')
  t.equal(zone('24201'), 'eu', 'Norway is in the EEA')
  t.equal(zone('310410'), 'world')
  t.equal(zone('22801'), 'world', 'Switzerland is not in the EEA')
  t.equal(zone('23410'), 'world', 'nor is the United Kingdom')
  t.equal(zone(), 'home', 'no network is named')
  t.equal(zone(''), 'home')
})

t.test(
  'a called number is brought to international digits before its prefix is looked for',
  async t => {
    const cases: Record<string, string> = {
      '+491701234567': 'germany',
      'tel:+491701234567': 'germany',
      'TEL:+49-170-123.45(67)': 'germany',
      '00491701234567': 'germany',
      '0049 170 1234567': 'germany',
      '01701234567': 'germany',
      'tel:0170-1234567': 'germany',
      '491701234567': 'germany',
      'sip:+491701234567@ims.mnc001.mcc262.3gppnetwork.org;user=phone': 'germany',
      'sips:01701234567@home.example': 'germany',
      'sip:+491701234567:secret@home.example': 'germany',
      'tel:+491701234567;npdi;rn=+4930': 'germany',
      'tel:07911123456;phone-context=+44': 'britain-mobile',
      'tel:7911123456;phone-context=+44': 'britain-mobile',
      'tel:1212345678;phone-context=+44': 'britain',
      '+441212345678': 'britain',
      '+447911123456': 'britain-mobile',
      '+12125551234': 'america',
      '+18765551234': 'jamaica',
      '12125551234': 'america',
      '+33123456789': 'elsewhere',
      '0033123456789': 'elsewhere'
    }
    for (const [calledParty, destination] of Object.entries(cases)) {
      t.equal(
        classify(prefixes, '32260', 100, { calledParty })?.destination,
        destination,
        calledParty
      )
    }
  }
)

t.test('a short number is matched whole, and is never the beginning of a country code', async t => {
  const destination = (calledParty: string) =>
    classify(prefixes, '32260', 100, { calledParty })?.destination
  t.equal(destination('150'), 'hotline')
  t.equal(destination('tel:150;phone-context=+49'), 'hotline')
  t.equal(destination('sip:150@home.example'), 'hotline')
  t.equal(destination('*100#'), 'hotline')
  t.equal(destination('1501'), 'elsewhere', 'not in the table, and not in the United States')
  t.equal(destination('15'), 'elsewhere')
  t.equal(destination('4912345'), 'elsewhere', 'too short to be international without a plus')
  t.equal(destination('+150'), 'america', 'a plus says that it is international')
  t.equal(classify(demo, '32260', 100, { calledParty: '115' })?.destination, 'germany')
})

t.test('what is not a number goes to the other destination', async t => {
  for (const calledParty of [
    '',
    'tel:',
    'sip:alice@home.example',
    '+',
    '++49170',
    '49+170',
    'abc'
  ]) {
    const situation = classify(demo, '32260', 100, { calledParty })
    t.equal(situation?.destination, 'elsewhere', calledParty)
    t.equal(situation?.emergency, false)
  }
  t.equal(classify(demo, '32260', 100, {})?.destination, 'elsewhere', 'none is named')
})

t.test(
  'emergency numbers are emergencies at home and abroad, and nothing near them is',
  async t => {
    const emergency = (calledParty: string, plmn = '26201') =>
      classify(demo, '32260', 100, { calledParty, plmn })?.emergency
    for (const number of [
      '112',
      '110',
      'tel:112',
      'tel:112;phone-context=+49',
      'sip:112@home.example'
    ]) {
      t.equal(emergency(number), true, number)
      t.equal(emergency(number, '310410'), true, `${number} abroad`)
    }
    t.equal(emergency('urn:service:sos'), true)
    t.equal(emergency('URN:service:sos.police'), true)
    for (const number of [
      '1121',
      '+112',
      '00112',
      '+49112',
      '0112',
      '911',
      'urn:service:sosfood'
    ]) {
      t.equal(emergency(number), false, number)
    }
    t.equal(
      classify(demo, '32251', 10, { calledParty: '112' })?.emergency,
      false,
      'data has no number'
    )
  }
)

t.test('a service without destinations has none', async t => {
  t.equal(classify(demo, '32251', 10, { calledParty: '+491701234567' })?.destination, null)
})

t.test('parsed numbers', async t => {
  t.same(parseDialled('0170', '49'), { digits: '49170', international: true })
  t.same(parseDialled('0', '49'), { digits: '0', international: false })
  t.same(parseDialled('tel:0170;Phone-Context=+33', '49'), { digits: '33170', international: true })
  t.same(parseDialled('tel:170;phone-context=example.org', '49'), {
    digits: '170',
    international: false
  })
})
