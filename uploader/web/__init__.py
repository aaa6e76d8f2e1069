"""Download URLs safely, without overloading their hosts."""
