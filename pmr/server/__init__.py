"""What a hospital runs: sessions, staged uploads, pins, access, vaults. It holds no secret of a doctor."""
