import { BlockList } from 'node:net';

/** Whether an IPv4 address may connect. @param allow addresses and networks such as 10.0.0.0/8, checked; none stands for everybody */
export function allowList(allow: readonly string[]): (address: string) => boolean {
  if (allow.length === 0) return () => true;
  const list = new BlockList(); // the class of Node.js has one name for both uses
  for (const entry of allow) {
    const [network = '', prefix = '32'] = entry.split('/');
    list.addSubnet(network, Number(prefix), 'ipv4');
  }
  return (address) => list.check(address, 'ipv4');
}
