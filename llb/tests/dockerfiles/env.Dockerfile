# gen:arg=VERSION=7
# gen:arg=HTTP_PROXY=http://user:pass@proxy:3128
# gen:arg=no_proxy=localhost
FROM alpine:3
ARG VERSION=1
ARG OTHER="a b"
ENV A=1 B="two words" PATH=/opt/bin:$PATH
ENV A=${A}-${VERSION}
RUN echo $A
SHELL ["/bin/bash", "-eo", "pipefail", "-c"]
RUN echo $OTHER | cat
RUN ["exec", "form"]
USER nobody:nogroup
RUN id
HEALTHCHECK CMD true
LABEL x=y
EXPOSE 80
VOLUME /data
ONBUILD RUN never
STOPSIGNAL 9
