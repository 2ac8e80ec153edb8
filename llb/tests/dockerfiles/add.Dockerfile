FROM alpine:3
ADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d https://example.com/a.tar.gz /src/
ADD --unpack=true https://example.com/b.tar.gz /b/
ADD https://github.com/moby/buildkit.git#v0.20.0:docs /docs
ADD --keep-git-dir=true https://github.com/moby/buildkit.git /all
ADD archive.tar.gz plain.txt /x/
ADD --chown=app:staff --chmod=u+x,go-w script.sh /bin/
