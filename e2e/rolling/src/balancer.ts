import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * What a Service of Kubernetes is to its callers: one address, and behind it the replicas that count as ready. A connection
 * goes to any of them and stays there; who is taken out keeps the connections it has.
 */
export class Balancer {
  /** Connections that the replica they were given to did not take: the caller's request fails. */
  refused = 0;
  connections = 0;
  private readonly targets = new Set<number>();
  private readonly open = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async listen(port: number): Promise<Balancer> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    const balancer = new Balancer(server);
    server.on('connection', (socket) => balancer.pass(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    return balancer;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  add(port: number): void {
    this.targets.add(port);
  }

  remove(port: number): void {
    this.targets.delete(port);
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.open) socket.destroy();
    await closed;
  }

  private pass(caller: Socket): void {
    this.connections++;
    const targets = [...this.targets];
    const port = targets[Math.floor(Math.random() * targets.length)];
    if (port === undefined) {
      this.refused++;
      caller.on('error', () => undefined).resetAndDestroy();
      return;
    }
    const replica = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const refused = () => this.refused++;
    replica.once('error', refused).once('connect', () => replica.off('error', refused));
    for (const [one, other] of [
      [caller, replica],
      [replica, caller],
    ] as const) {
      this.open.add(one);
      one.pipe(other);
      // A connection that breaks on one side must break on the other, and not look like an end.
      one.on('error', () => other.resetAndDestroy());
      one.once('close', () => {
        this.open.delete(one);
        if (!one.readableEnded) other.destroy();
      });
    }
  }
}
